"""A stand-in for the AWS provider: the real engine, the real SDK, and moto in place of an account.

It is attached by `PULUMI_DEBUG_PROVIDERS` and carries each resource to the emulator by boto3. It proves ordering,
identity, replacement, resumption and that every request fits the service model. It proves nothing about how AWS
behaves beyond what moto knows; `tables` says which types are only validated and remembered (`echo=True`).
"""
