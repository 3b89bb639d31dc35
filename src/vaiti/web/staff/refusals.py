"""The sentences in which people's verbs refuse, in the reader's language."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vaiti.people.errors import EnrolmentError
from vaiti.web.http.errors import Trouble

SENTENCES = (
    gettext_noop("a name has 1 to 120 printable characters"),
    gettext_noop("write the person's full name, first name and surname, without digits"),
    gettext_noop(
        "this names a function; an account is for one person, so write that person's name"
    ),
    gettext_noop("a login is 2 to 64 lower-case letters, digits, dots, dashes or @"),
    gettext_noop("this login names a function; choose one that belongs to one person"),
    gettext_noop("a company's name has 1 to 120 printable characters"),
    gettext_noop("this company is on the list already"),
    gettext_noop("this company is not on the list"),
    gettext_noop(
        "people here still work for this company; move them to another, or end their employment "
        "first"
    ),
    gettext_noop("the reason is a holiday, an absence or a handover"),
    gettext_noop("a delegation begins now or later and ends after it begins"),
    gettext_noop("a delegation lasts 92 days at most; for longer, make the other the leader"),
    gettext_noop("only the team's leader hands over what they may hear"),
    gettext_noop("only a manager has anything to hand over"),
    gettext_noop("you hand over a team that you lead yourself, and no other"),
    gettext_noop("a delegation goes to somebody else"),
    gettext_noop(
        "who stands in is a manager; ask the administrator to grant that role, with an end"
    ),
    gettext_noop("a member of the team cannot hear their colleagues; name another"),
    gettext_noop("there is no such delegation any more"),
    gettext_noop("the language is sv, fi or en"),
    gettext_noop("this login is taken; one account is for one person only"),
    gettext_noop(
        "somebody of this name has an account, or had one; one person has one. If they come back, "
        "open it again; if this is another person of the same name, say so"
    ),
    gettext_noop("this is the person's name already"),
    gettext_noop("the person works for this company already"),
    gettext_noop("an employment ends now or later, never before"),
    gettext_noop("no end of this person's employment is entered"),
    gettext_noop("there is no such role"),
    gettext_noop("a role begins now or later, never before"),
    gettext_noop("a role ends after it begins"),
    gettext_noop("the person has this role already"),
    gettext_noop("an auditor's role is for a time; write its last day"),
    gettext_noop(
        "an auditor's role may not last so long; write an earlier last day, or change "
        "auditor_days in the settings"
    ),
    gettext_noop(
        "people of an outside company may be auditors and nothing else; they neither see nor hear "
        "customers' calls"
    ),
    gettext_noop("the person does not have this role"),
    gettext_noop(
        "the employer is not on the controller's list of companies; add it there, or ask who this "
        "person works for"
    ),
    gettext_noop("name who does this"),
    gettext_noop("there is no such person at this time"),
    gettext_noop("a team's name has 1 to 80 printable characters"),
    gettext_noop("there is a team of this name"),
    gettext_noop("there is no such team"),
    gettext_noop("the person is in this team already"),
    gettext_noop("the person is not in this team"),
    gettext_noop("a device is the user part of the agent's address: no spaces, no @"),
    gettext_noop("the person uses this device already"),
    gettext_noop("nobody uses this device"),
    gettext_noop("nobody widens what they may hear themselves; ask another administrator"),
    gettext_noop("ask another administrator to remove your second factors"),
    gettext_noop("this person has no second factor"),
    gettext_noop("this person has not left"),
    gettext_noop("this team has ended"),
    gettext_noop("who confirms somebody is an administrator or a data protection officer"),
    gettext_noop("nobody confirms themselves"),
    gettext_noop("it is not you who confirms this person"),
    gettext_noop("you do not lead this team"),
    gettext_noop("this person is not in the team"),
    gettext_noop("there is no such report, or it is settled"),
    gettext_noop("the account is linked to another subject of this provider"),
    gettext_noop("this subject is linked to an account already"),
)


def sentence(refused: EnrolmentError) -> str:
    """The refusal as a whole sentence."""
    said = _(str(refused))
    return f"{said[:1].upper()}{said[1:]}."


def trouble(refused: EnrolmentError) -> Trouble:
    return Trouble(_("Nothing was changed"), sentence(refused))


# The sentences in which people.strength refuses a password.
PASSWORDS = (
    gettext_noop("Use at least 12 characters; a few words together are easiest."),
    gettext_noop("Use at most 512 characters."),
    gettext_noop("Use at least 6 different characters."),
    gettext_noop("Leave your name and your login out of the password."),
    gettext_noop("Leave the organisation's name out of the password."),
    gettext_noop("Leave the program's name and the word for a password out of it."),
    gettext_noop("This password is on lists of common passwords; choose another."),
    gettext_noop("This password is on a list of breached passwords; choose another."),
    gettext_noop("Choose another password than the present one."),
)
# The sentences in which people.factors and people.passkeys refuse.
FACTOR_REFUSALS = (
    gettext_noop("The code is not the one that the app shows now. Give the newest one."),
    gettext_noop("Give it a name of 1 to 40 characters, such as My telephone."),
    gettext_noop("You have ten of them already. Remove one that you no longer use."),
    gettext_noop("It has been removed already."),
    gettext_noop("Your account needs a second factor. Add another one before you remove it."),
    gettext_noop("Begin again: this secret was not made here."),
    gettext_noop("The passkey was not accepted. Try again."),
    gettext_noop("This passkey is enrolled already."),
    gettext_noop("This passkey is not known here. Sign in with your password."),
    gettext_noop("There were too many tries from here. Wait a quarter of an hour."),
)
# The sentences in which people.sso refuses.
SSO_REFUSALS = (
    gettext_noop("You have no account here yet. Ask your administrator to enter or link you."),
    gettext_noop("Your account here has ended. Ask your administrator."),
    gettext_noop(
        "The company’s sign-in left your groups out because they are too many. Tell your "
        "administrator."
    ),
)
