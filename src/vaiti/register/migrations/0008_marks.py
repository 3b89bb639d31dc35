from django.db import migrations, models
from django.db.models import F, OuterRef, Subquery


def mark(apps, editor):
    """What stands in the book already, as register.marks has it."""
    Call, Leg = apps.get_model('register', 'Call'), apps.get_model('register', 'Leg')
    Call.objects.filter(recovered=True).update(marks=1)
    paused = Call.objects.filter(recording__has_key='pauses').exclude(recording__pauses=[])
    paused.update(marks=F('marks') + 2)
    of_call = Call.objects.filter(id=OuterRef('call_id')).values('marks')
    marked = Call.objects.filter(marks__gt=0).values('id')
    Leg.objects.filter(call__in=marked).update(marks=Subquery(of_call))


class Migration(migrations.Migration):

    dependencies = [
        ('notice', '0001_initial'),
        ('people', '0013_warned'),
        ('register', '0007_leg_filters'),
    ]

    operations = [
        migrations.AddField(
            model_name='call',
            name='marks',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='leg',
            name='marks',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name='call',
            index=models.Index(condition=models.Q(('marks__gt', 0)), fields=['-started_at', 'marks'], name='register_call_marked'),
        ),
        migrations.AddIndex(
            model_name='leg',
            index=models.Index(condition=models.Q(('marks__gt', 0)), fields=['person', '-started_at', 'marks'], name='register_leg_marked'),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
