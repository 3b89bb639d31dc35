"""What stands in the database before anybody can sign in: schema, notice, administrator."""

from datetime import datetime

from django.db import transaction

from vaiti.notice import versions
from vaiti.ops.first.answers import BY, Answers
from vaiti.ops.first.training import enter_first
from vaiti.ops.schema import bring_up_to_date
from vaiti.ops.sections.general import Training
from vaiti.ops.settings import WeakSettings
from vaiti.people import companies, enrol, signin


def enter(answers: Answers, notice: str, now: datetime) -> None:
    """Raises WeakSettings, with everything but the schema undone."""
    bring_up_to_date()
    try:
        with transaction.atomic():
            versions.publish_file(notice, valid_from=now, by=BY, now=now)
            companies.add_company(answers.controller, by=BY, now=now)
            person = enrol.add_person(
                login=answers.admin_login,
                name=answers.admin_name,
                employer=answers.controller,
                language=answers.language,
                by=BY,
                now=now,
            )
            enrol.grant_role(person, "administrator", by=BY, now=now)
            signin.set_password(person, answers.admin_password, by=BY, now=now)
            enter_first(answers.zone, Training().months, BY, now)
    except (versions.NoticeError, enrol.EnrolmentError, signin.WeakPassword) as error:
        raise WeakSettings(str(error)) from error
