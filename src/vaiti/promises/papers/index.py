"""Every paper that follows from the notice, by its name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vaiti.notice.sentences import LANGUAGES
from vaiti.promises.papers import announcements, dpia, joint, processor_sheet, record, staff
from vaiti.promises.papers.facts import Facts
from vaiti.promises.papers.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Paper:
    """`approved`: somebody answers for it, and what lasts of it must not have changed since."""

    make: Callable[[Facts, str], Sheet]
    approved: bool = True

    def every(self, facts: Facts) -> list[Sheet]:
        """In each language."""
        return [self.make(facts, language) for language in LANGUAGES]


PAPERS: Mapping[str, Paper] = MappingProxyType(
    {
        announcements.NAME: Paper(announcements.sheet),
        staff.NAME: Paper(staff.sheet),
        record.NAME: Paper(record.sheet),
        dpia.NAME: Paper(dpia.sheet),
        processor_sheet.NAME: Paper(processor_sheet.sheet),
        joint.NAME: Paper(joint.sheet),
    }
)
