import django.db.models.deletion
from django.db import migrations, models


def check_now(apps, editor):
    """PostgreSQL changes no table for which checks are waiting."""
    if editor.connection.vendor == 'postgresql':
        editor.execute('SET CONSTRAINTS ALL IMMEDIATE')


class Migration(migrations.Migration):

    dependencies = [
        ('notice', '0001_initial'),
        ('people', '0001_initial'),
        ('register', '0002_picture'),
    ]

    operations = [
        migrations.RemoveIndex(model_name='leg', name='register_leg_person'),
        migrations.RemoveIndex(model_name='leg', name='register_leg_newest'),
        migrations.AddField(
            model_name='leg',
            name='line',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='notice.line'),
        ),
        migrations.AddField(
            model_name='leg',
            name='direction',
            field=models.CharField(choices=[('in', 'In'), ('out', 'Out')], default='in', max_length=3),
            preserve_default=False,
        ),
        migrations.RunSQL(
            'UPDATE register_leg SET'
            ' line_id = (SELECT line_id FROM register_call c WHERE c.id = register_leg.call_id),'
            ' direction = (SELECT direction FROM register_call c WHERE c.id = register_leg.call_id)',
            migrations.RunSQL.noop,
        ),
        migrations.RunPython(check_now, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='leg',
            name='line',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='notice.line'),
        ),
        migrations.AlterField(
            model_name='call',
            name='line',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='notice.line'),
        ),
        migrations.AlterField(
            model_name='call',
            name='notice',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='notice.noticeversion'),
        ),
        migrations.AlterField(
            model_name='leg',
            name='call',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='legs', to='register.call'),
        ),
        migrations.AlterField(
            model_name='leg',
            name='person',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.person'),
        ),
        migrations.AddIndex(
            model_name='call',
            index=models.Index(fields=['customer'], name='register_call_customer', opclasses=['varchar_pattern_ops']),
        ),
        migrations.AddIndex(
            model_name='leg',
            index=models.Index(fields=['person', '-started_at', '-id', 'line', 'direction', 'ended_at'], name='register_leg_person'),
        ),
        migrations.AddIndex(
            model_name='leg',
            index=models.Index(fields=['line', '-started_at', '-id'], name='register_leg_line'),
        ),
    ]
