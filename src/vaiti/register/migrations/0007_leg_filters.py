import datetime

from django.db import migrations, models

import vaiti.register.lengths


def check_now(apps, editor):
    """PostgreSQL changes no table for which checks are waiting."""
    if editor.connection.vendor == 'postgresql':
        editor.execute('SET CONSTRAINTS ALL IMMEDIATE')


class Migration(migrations.Migration):

    dependencies = [
        ('notice', '0001_initial'),
        ('people', '0001_initial'),
        ('register', '0006_correction'),
    ]

    operations = [
        migrations.RemoveIndex(model_name='leg', name='register_leg_person'),
        migrations.AddField(
            model_name='leg',
            name='customer',
            field=models.CharField(default='', max_length=20),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='leg',
            name='destruction_day',
            field=models.DateField(default=datetime.date(2000, 1, 1)),
            preserve_default=False,
        ),
        migrations.RunSQL(
            'UPDATE register_leg SET'
            ' customer = (SELECT customer FROM register_call c WHERE c.id = register_leg.call_id),'
            ' destruction_day ='
            ' (SELECT destruction_day FROM register_call c WHERE c.id = register_leg.call_id)',
            migrations.RunSQL.noop,
        ),
        migrations.RunPython(check_now, migrations.RunPython.noop),
        migrations.AddField(
            model_name='leg',
            name='length_s',
            field=models.GeneratedField(db_persist=True, expression=vaiti.register.lengths.length_of_leg(), output_field=models.IntegerField()),
        ),
        migrations.AddIndex(
            model_name='leg',
            index=models.Index(fields=['person', '-started_at', '-id', 'direction', 'length_s', 'line', 'destruction_day', 'customer'], name='register_leg_person'),
        ),
        migrations.AddIndex(
            model_name='leg',
            index=models.Index(fields=['person', 'line', '-started_at', '-id', 'direction', 'length_s'], name='register_leg_person_line'),
        ),
        migrations.AddIndex(
            model_name='leg',
            index=models.Index(fields=['person', 'destruction_day', '-started_at', '-id', 'direction', 'length_s'], name='register_leg_person_day'),
        ),
    ]
