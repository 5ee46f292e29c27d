"""How hard a case is: from attempts (Elo), from comparisons (Bradley-Terry), and the two as one place.

NumPy and SciPy only: the web process imports this. Difficulties and abilities are log-odds: a person of ability
theta succeeds at a case of difficulty b with p = 1 / (1 + exp(-(theta - b))), so a harder case has the greater b.
"""
