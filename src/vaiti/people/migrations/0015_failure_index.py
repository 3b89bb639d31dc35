from django.db import migrations, models


class Migration(migrations.Migration):
    """An index that was named after a column that has another name now."""

    dependencies = [("people", "0014_agent_feed")]

    operations = [
        migrations.AlterField(
            model_name="signinfailure", name="digest", field=models.CharField(max_length=64)
        ),
        migrations.AddIndex(
            model_name="signinfailure",
            index=models.Index(fields=["digest"], name="people_failure_digest"),
        ),
    ]
