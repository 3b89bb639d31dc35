
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notice', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='line',
            name='announced',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='line',
            name='keeps_hold',
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name='line',
            name='keypad',
            field=models.BooleanField(default=False),
        ),
    ]
