"""What a visitor viewed: the latest few products, for recommendations. Each function is one change."""

from __future__ import annotations

from server.errors import NotFound
from server.log import statements
from server.log.writer import Transaction


def view(tx: Transaction, visitor_id: str, product_id: str, *, keep: int) -> None:
    """A visitor looks at a product. Only the latest `keep` products stay, and none where that is 0.

    Raises NotFound without such a visitor.
    """
    if tx.one(statements.VISITOR, visitor_id=visitor_id) is None:
        raise NotFound(where="visitor", expected="a visitor of this shop")
    tx.run(statements.ADD_VIEW, visitor_id=visitor_id, product_id=product_id, viewed_at=tx.now)
    tx.run(statements.TRIM_VIEWS, visitor_id=visitor_id, most=keep)


def forget_views(tx: Transaction, visitor_id: str) -> None:
    """A visitor's views leave the log."""
    tx.run(statements.ERASE_VIEWS, visitor_id=visitor_id)


def drop_views(tx: Transaction, before: str) -> None:
    """Views from before a moment leave the log, whoever's they are."""
    tx.run(statements.DROP_VIEWS, moment=before)


def forget_visitor(tx: Transaction, visitor_id: str) -> None:
    """A visitor's views leave the log, and the visitor too if they have no conversation."""
    forget_views(tx, visitor_id)
    tx.run(statements.ERASE_LONELY_VISITOR, visitor_id=visitor_id)
