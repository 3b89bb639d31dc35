from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("register", "0016_checks")]

    operations = [
        migrations.AddIndex(
            model_name="leg",
            index=models.Index(
                condition=models.Q(("length_s__gte", 900)),
                fields=[
                    "person",
                    "-started_at",
                    "-id",
                    "length_s",
                    "direction",
                    "line",
                    "destruction_day",
                ],
                name="register_leg_long",
            ),
        ),
    ]
