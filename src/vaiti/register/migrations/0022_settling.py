import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('register', '0021_part'),
    ]

    operations = [
        migrations.CreateModel(
            name='Settling',
            fields=[
                ('call', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='register.call')),
                ('state', models.CharField(max_length=8)),
                ('old_object', models.UUIDField()),
                ('new_object', models.UUIDField()),
                ('old_bytes', models.BigIntegerField(default=0)),
                ('new_bytes', models.BigIntegerField(default=0)),
                ('audit_leaf', models.UUIDField()),
                ('begun_at', models.DateTimeField()),
                ('made_at', models.DateTimeField(null=True)),
                ('done_at', models.DateTimeField(null=True)),
                ('last_error', models.CharField(blank=True, max_length=64)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('done_at__isnull', True)), fields=['begun_at'], name='register_settling_open')],
            },
        ),
    ]
