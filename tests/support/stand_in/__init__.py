"""What the stand-ins for official providers have in common: the engine's protocol, not what lies behind it."""
