"""Making Apps: their keys and what identifies them."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.playground.problems import refused
from bot.playground.state import App, User, World


@dataclass(frozen=True)
class AppCredentials:
    """What an App's owner is given. ``slug`` makes its login: ``<slug>[bot]``."""

    app_id: int
    client_id: str
    private_key_pem: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    slug: str = "graftsman"

    @property
    def bot_login(self) -> str:
        """The login of the App's account."""
        return f"{self.slug}[bot]"


def new_app(world: World, name: str, owner: User) -> App:
    """An App with a new key of 2,048 bits; not yet in the world. Raises a 422 ``Problem`` for a name taken."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if any(one.slug == slug for one in world.apps.values()):
        raise refused("Integration", "Name has already been taken")
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    now = world.now()
    bot = world.add_user(f"{slug}[bot]", name, "Bot")
    return App(
        world.next_id(), slug, name, f"Iv23li{secrets.token_hex(7)}", secrets.token_hex(20), private.decode(),
        public.decode(), "", "", {}, [], owner, bot, now, now,
    )  # fmt: skip
