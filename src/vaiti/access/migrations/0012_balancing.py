import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0011_emergencies"),
        ("people", "0014_agent_feed"),
    ]

    operations = [
        migrations.CreateModel(
            name="Balancing",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("purpose", models.CharField(max_length=16)),
                ("line", models.CharField(max_length=20)),
                ("answers", models.JSONField(default=dict)),
                ("carries", models.BooleanField()),
                ("filed_at", models.DateTimeField()),
                ("review_at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.person",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["purpose", "line", "-filed_at"], name="access_balancing_newest"
                    )
                ],
            },
        ),
    ]
