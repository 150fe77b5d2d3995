"""How does the disease move: doses to inputs, state to rates, state to visit. Equations are written once."""
