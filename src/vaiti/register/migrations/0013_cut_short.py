from django.db import migrations
from django.db.models import F


def mark(apps, editor):
    """Calls cut short by silence or by a stop of the recorder are interrupted, as register.marks has it."""
    Call, Leg = apps.get_model('register', 'Call'), apps.get_model('register', 'Leg')
    cut = Call.objects.filter(ended_by__in=('silence', 'stopped'))
    even = (0, 2, 4, 6)
    Leg.objects.filter(call__in=cut.values('id'), marks__in=even).update(marks=F('marks') + 1)
    cut.filter(marks__in=even).update(marks=F('marks') + 1)


class Migration(migrations.Migration):

    dependencies = [
        ('register', '0012_leaving_and_numbers'),
    ]

    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
