"""The graph written as text: NumPy, LaTeX, C and vector lanes, with the step that integrates it."""
