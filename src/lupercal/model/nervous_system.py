"""The nervous system behind its barrier: drive has to get in and stays longer; cells reach it, antibodies less.

Antibodies and cytokines harm the brain only where the blood-brain barrier lets them through, and the mouse brain region
that suffers depends on what opened the barrier (Huerta 2006, PMC1334673); in patients the
barrier leaks most in the severest forms (Hirohata 2014, doi 10.1186/ar4518). Triggers and infections open it here.
The drive behind the barrier is 1 : 1 that of other organs while the barrier is closed, by normalisation, so that the
propensity of the nervous system keeps its meaning.

state      BB      autoimmune drive behind the blood-brain barrier                1
parameter  np_bb   share of the nervous system's drive that acts behind the barrier  1
parameter  z_bb    rise of entry when the barrier is wide open                    1
parameter  K_zbb   trigger that opens the barrier half                            {AU}
parameter  k_bb    clearance from behind the barrier                              /d
parameter  ab_bb   share of a therapeutic antibody's effect that gets behind it   1
parameter  kc_bb   clearance by CAR T cells that cross it                         /d
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates, Value


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dBB per day."""
    opened = 1 + p.z_bb * y.Z / (y.Z + p.K_zbb)
    interferon = y.IF * (1 - p.ab_bb * e.occ)
    entering = (p.w_c * q.cc + p.w_i * interferon + p.w_t * y.TH) * opened

    dBB = p.k_bb * (entering - y.BB) - p.kc_bb * (e.k19t + e.kbc) * y.BB
    return {"BB": dBB}


def drive(flared: Value, damping: Value, y: Names, p: Names) -> Value:
    """Return the drive of the nervous system: its outer part as in any organ, its inner part from behind the barrier.

    ``flared`` is the drive as other organs feel it; ``damping`` what drugs leave of it (they do cross the barrier).
    """
    return (1 - p.np_bb) * flared + p.np_bb * y.BB * damping
