from django.db import migrations


def count_in_eight_bytes(apps, editor):
    """PostgreSQL computed lengths from seconds of four bytes, and took no leg of after 19 January 2038.

    Its column goes with the indexes that hold it, and both come again.
    """
    if editor.connection.vendor != 'postgresql':
        return
    with editor.connection.cursor() as cursor:
        cursor.execute(
            'SELECT generation_expression FROM information_schema.columns WHERE table_schema = current_schema()'
            " AND table_name = 'register_leg' AND column_name = 'length_s'"
        )
        ((expression,),) = cursor.fetchall()
    if 'bigint' in expression:
        return
    leg = apps.get_model('register', 'Leg')
    length = leg._meta.get_field('length_s')
    editor.remove_field(leg, length)
    editor.add_field(leg, length)
    for index in leg._meta.indexes:
        if 'length_s' in index.fields:
            editor.add_index(leg, index)


class Migration(migrations.Migration):

    dependencies = [('register', '0022_settling')]

    operations = [migrations.RunPython(count_in_eight_bytes, migrations.RunPython.noop)]
