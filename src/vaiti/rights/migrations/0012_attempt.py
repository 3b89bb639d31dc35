from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rights', '0011_call_reference'),
    ]

    operations = [
        migrations.AddField(
            model_name='case',
            name='attempt',
            field=models.CharField(blank=True, max_length=64),
        ),
    ]
