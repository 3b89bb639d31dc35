"""`vaiti doctor`: what is wrong with a data folder, and what to do about it."""

from collections.abc import Sequence

from vaiti.ops.arguments import data_parser, refusing_weakness
from vaiti.ops.examination import examine
from vaiti.ops.finding import FAIL
from vaiti.ops.identity_look import look_at_identity
from vaiti.ops.settings import Settings


def main(arguments: Sequence[str]) -> int:
    parser = data_parser("doctor", "Looks at files, processes, keys, database and log.")
    given = parser.parse_args(arguments)

    def act_on(settings: Settings) -> int:
        findings = [*examine(settings), *look_at_identity(settings)]
        for finding in findings:
            print(f"{finding.verdict:5} {finding.about:12} {finding.says}")
        return 0 if all(finding.verdict != FAIL for finding in findings) else 1

    return refusing_weakness(act_on, given.data)
