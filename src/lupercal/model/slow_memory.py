"""What the organs remember: four slow states, each off while its weight is zero.

Resident memory keeps organs ready to flare when blood and serum are quiet; activity comes into organs not involved
before; what inflammation did to the filter of the kidney heals slower than the inflammation; complement follows its
consumption with a delay. With a weight of zero the state stays zero and the model is the one without it.

state      RM     resident memory of the organs                                            {AU}
state      ES     propensity that activity has brought into organs                         {AU}
state      PD     proteinuria from an injured filter that is still healing                 g/g
state      CH     consumption of complement that is still felt                             1
parameter  k_rm   turnover of resident memory                                              /d
parameter  rm_w   resident memory in the reference active state                            1
parameter  k_es   turnover of what activity has brought into organs                        /d
parameter  es_w   propensity brought into each organ in the reference active state         {AU}
parameter  k_pd   healing of the filter                                                    /d
parameter  pd_w   share of inflammatory proteinuria that follows the filter's healing      1
parameter  k_ch   forgetting of consumption                                                /d
parameter  ch_w   share of complement consumption that is felt with this delay             1
"""

from __future__ import annotations

from lupercal.model import organs
from lupercal.model.subsystem import Names, Rates


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dRM, dES (AU per day), dPD (g/g per day), dCH (1 per day)."""
    return {
        "RM": p.k_rm * (p.rm_w * q.Ob - y.RM),
        "ES": p.k_es * (p.es_w * q.Ob - y.ES),
        "PD": p.k_pd * (p.pd_w * organs.inflammatory_proteinuria(y, p, e) - y.PD),
        "CH": p.k_ch * (p.ch_w * q.ch - y.CH),
    }
