from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notice', '0005_next_version'),
    ]

    operations = [
        migrations.AddField(
            model_name='line',
            name='labels',
            field=models.JSONField(default=dict),
        ),
    ]
