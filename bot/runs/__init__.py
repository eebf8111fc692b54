"""The durable side: inbox, queue, recorded intents, ledger, reports. Alone in importing DBOS and SQLAlchemy."""
