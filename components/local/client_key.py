"""Where keys were made before other platforms needed them; states written then load their provider from here."""

from components.client_key import ClientKey, ClientKeyProvider

__all__ = ["ClientKey", "ClientKeyProvider"]
