"""A GitHub for one machine: REST, GraphQL, git over HTTP and signed webhooks, for the demo and for every test.

An independent implementation of what GitHub does: it imports contracts only, and may disagree with the bot.
"""

from bot.playground.credentials import AppCredentials
from bot.playground.exchanges import Exchange
from bot.playground.faults import Asked, Faults
from bot.playground.git_store import File
from bot.playground.people import Person
from bot.playground.playground import Playground
from bot.playground.problems import Problem
from bot.playground.webhooks import Delivery

__all__ = ["AppCredentials", "Asked", "Delivery", "Exchange", "Faults", "File", "Person", "Playground", "Problem"]
