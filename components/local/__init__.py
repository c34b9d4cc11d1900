"""The platform ``local``: real processes on one machine, under one supervisor for each stack."""
