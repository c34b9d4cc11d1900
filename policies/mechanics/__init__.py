"""What every rule stands on: type tokens, facts about resources, the shape of a rule, the registry. Pure Python."""
