from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rights', '0009_law'),
    ]

    operations = [
        migrations.AlterField(
            model_name='complaintcall',
            name='hold',
            field=models.UUIDField(null=True),
        ),
    ]
