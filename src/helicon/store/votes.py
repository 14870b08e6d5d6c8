"""What people decided in comparisons. Summaries are made elsewhere, from these values."""

from __future__ import annotations

from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from helicon.store.database import Database
from helicon.store.tables import VOTES
from helicon.store.values import Vote, VoteEntry


class Votes(Database):
    """The part of a ``Library`` that has to do with votes."""

    def add_vote(self, vote: Vote) -> bool:
        """Keep a vote; false when the owner has voted on that conversation, and that vote stays.

        Raises:
            StoreError: the database cannot be written.
        """
        mine = sa.and_(VOTES.c.owner == vote.owner, VOTES.c.conversation == vote.conversation)
        values = asdict(vote) | {"blind": int(vote.blind)}
        with self._transaction() as connection:
            if connection.scalar(sa.select(VOTES.c.id).where(mine)) is not None:
                return False
            try:
                with connection.begin_nested():
                    connection.execute(VOTES.insert().values(**values))
            except IntegrityError:  # the same vote from another window, a moment ago
                return False
        return True

    def votes(self, owner: str, conversation: str | None = None) -> list[Vote]:
        """All votes of an owner, or the one in a comparison, oldest first.

        Raises:
            StoreError: the database cannot be read.
        """
        query = sa.select(VOTES).where(VOTES.c.owner == owner).order_by(VOTES.c.created, VOTES.c.id)
        if conversation is not None:
            query = query.where(VOTES.c.conversation == conversation)
        with self._reading() as connection:
            return [
                Vote(
                    id=row.id,
                    owner=row.owner,
                    conversation=row.conversation,
                    winner=row.winner,
                    entries=tuple(VoteEntry(**entry) for entry in row.entries),
                    blind=bool(row.blind),
                    created=row.created,
                )
                for row in connection.execute(query)
            ]
