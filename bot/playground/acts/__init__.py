"""What can be done to the playground's GitHub, whoever does it: a person, a page or a call of the API.

Every act changes the state and sends the webhooks that GitHub sends. Rights are checked by the callers.
"""
