"""The rules, one module each, named by the claim that is true when the rule passes. See README.md to add one."""
