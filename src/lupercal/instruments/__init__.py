"""How ill, how damaged, how toxic: the field's instruments, one per file, pure and vectorised."""

from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.registry import instrument, instruments, score
from lupercal.instruments.result import Score, Status

__all__ = ["Instrument", "Item", "Score", "Status", "instrument", "instruments", "score"]
