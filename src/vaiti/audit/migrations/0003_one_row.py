"""An entry is one row, and what is found by kind, actor and subject is indexed with its place.

The rows are copied in the order of the tree, so that a reader of the whole log goes straight on.
"""

import uuid

from django.db import migrations, models

PLACED = models.Q(('seq__isnull', False))

COPY = """\
INSERT INTO audit_whole (id, seq, at, kind, commitment, salt, body, actor, subject)
SELECT l.id, l.seq, l.at, l.kind, l.commitment,
 c.salt, COALESCE(c.body, ''), COALESCE(c.actor, ''), COALESCE(c.subject, '')
FROM audit_leaf l LEFT JOIN audit_content c ON c.leaf_id = l.id
WHERE l.seq IS """
PARTS = ["NOT NULL ORDER BY l.seq", "NULL"]
BACK = [
    "INSERT INTO audit_leaf (id, seq, at, kind, commitment)"
    " SELECT id, seq, at, kind, commitment FROM audit_whole",
    "INSERT INTO audit_content (leaf_id, salt, body, actor, subject)"
    " SELECT id, salt, body, actor, subject FROM audit_whole WHERE salt IS NOT NULL",
]
GRANTED = """\
SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END, a.privilege_type
FROM pg_class c, aclexplode(c.relacl) a
WHERE c.oid = 'audit_leaf'::regclass AND a.grantee <> c.relowner"""


def keep_grants(apps, schema_editor):
    """Who may read the log, such as the key process's own user, may go on."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(GRANTED)
        granted = cursor.fetchall()
    for role, privilege in granted:
        schema_editor.execute(f"GRANT {privilege} ON audit_whole TO {role}")


def renamed(old, new):
    def rename(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for name in ("pkey", "seq_key"):
                schema_editor.execute(f"ALTER INDEX audit_{old}_{name} RENAME TO audit_{new}_{name}")

    return rename


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0002_followers'),
    ]

    operations = [
        migrations.CreateModel(
            name='Whole',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('seq', models.BigIntegerField(null=True, unique=True)),
                ('at', models.DateTimeField()),
                ('kind', models.CharField(max_length=64)),
                ('commitment', models.BinaryField(max_length=32)),
                ('salt', models.BinaryField(max_length=32, null=True)),
                ('body', models.TextField(blank=True)),
                ('actor', models.CharField(blank=True, max_length=64)),
                ('subject', models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.RunSQL([COPY + part for part in PARTS], BACK),
        migrations.RunPython(keep_grants, migrations.RunPython.noop),
        migrations.DeleteModel(name='Content'),
        migrations.DeleteModel(name='Leaf'),
        migrations.RenameModel(old_name='Whole', new_name='Leaf'),
        migrations.RunPython(renamed('whole', 'leaf'), renamed('leaf', 'whole')),
        migrations.AddIndex(
            model_name='leaf',
            index=models.Index(condition=PLACED, fields=['-at', '-id'], name='audit_leaf_newest'),
        ),
        migrations.AddIndex(
            model_name='leaf',
            index=models.Index(condition=PLACED, fields=['kind', '-at', '-id'], name='audit_leaf_kind_newest'),
        ),
        migrations.AddIndex(
            model_name='leaf',
            index=models.Index(condition=PLACED, fields=['actor'], name='audit_leaf_actor'),
        ),
        migrations.AddIndex(
            model_name='leaf',
            index=models.Index(condition=PLACED, fields=['subject'], name='audit_leaf_subject'),
        ),
    ]
