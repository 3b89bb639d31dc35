"""Pages of the people inside: who they are, how they sign in, what they have learnt."""
