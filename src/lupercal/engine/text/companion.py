"""Coefficients for states that relax fast, stepped beside Tsitouras' pair: an exponential method on the pair's stages.

The rate of such a state is g - k s (`lupercal.engine.graph.relaxation`). Its solution over a share c of a step h is

    s(c h) = exp(-c z) s(0) + h × integral over x from 0 to c of exp(-(c - x) z) g(x h),    z = k h,

and g is replaced by a polynomial in x through its values at the stages before. The exponential is taken as it is, so k
limits no step, a state whose gain is constant is exact, and where nothing moves nothing changes. Integrals of
exp times powers are the functions phi of exponential integrators (M. Hochbruck, A. Ostermann, Exponential integrators,
Acta Numerica 19 (2010) 209-286, doi 10.1017/S0962492910000048): phi_1(x) = (1 - exp(-x)) / x,
phi_2(x) = (1 - phi_1(x)) / x, phi_3(x) = (1/2 - phi_2(x)) / x.

At the end of a step the polynomial is of degree two, with q_m = sum_j END[m][j] g_j for x^m / m!. Its moments with
1, 1 - x and (1 - x)^2 / 2 are the pair's own nested weights b, b A and b A A: an expansion in z agrees with the pair to
the order of its error, so that states which depend on each other keep order five.

At stage i it is a line with LEVEL[i] at its start and SLOPE[i] from there to c. The line of a constant and the slope of
a linear gain are exact, and the integral of the line is the stage's own sum, row i of A. What is left free is chosen so
that the conditions of order five with an exponential inside hold, sum b_i M_ij c_j^2 = 1/60 and sum b_i M_ij (A c)_j =
1/120 with M the first moments, and so that the weights at the end of the stage, which is all that counts where k h is
large, have the smallest squares.
`tests/engine/test_companion.py` checks these conditions.
"""

from __future__ import annotations

SHARES: tuple[float, ...] = (0.0, 0.161, 0.327, 0.9, 0.9800255409045097, 1.0)  # where the stages before the last lie

LEVEL: tuple[tuple[float, ...], ...] = (
    (),
    (1.0,),
    (0.989593224034238, 0.010406775965762026),
    (8.327398138203051, -14.418023237854914, 7.090625099651862),
    (11.359982172676254, -24.08022702609092, 14.791247489279709, -1.0710026358650422),
    (11.617304118824018, -25.75489995114705, 16.448934114799957, -0.6071664239141267, -0.7041718585627996),
)
SLOPE: tuple[tuple[float, ...], ...] = (
    (),
    (),
    (-2.031055900621118, 2.031055900621118),
    (-10.216678371727228, 14.703938720209662, -4.487260348482432),
    (-11.851135715592973, 24.183765540126842, -14.285874574213912, 1.953244749680042),
    (-11.511697351755192, 25.667861266599868, -16.579132432447587, 1.071162901265451, 1.3518056163374623),
)

END: tuple[tuple[float, ...], ...] = (
    (
        0.8621208249851384, 0.03749732951724719, 0.22712517139376773, 1.192117033135272, -8.2929919313307,
        6.974131572299322,
    ),
    (
        -3.436431147185718, -0.08362397710344936, 3.50908870264535, -12.117133065585103, 67.92115206562315,
        -55.79305257839457,
    ),
    (
        5.715333092554714, 0.08588795420686493, -9.01067923381166, 37.47274844256613, -173.74592170150171,
        139.48263144598644,
    ),
)  # fmt: skip
