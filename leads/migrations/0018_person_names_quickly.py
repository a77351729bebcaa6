"""The same comparable name, worked out once for each lead and without a look at letters that need none."""

from django.db import migrations

ACCENTED = "áàâäãåāăąçćčďđéèêëēėęěíìîïīłñńňóòôöõøōőřśšşťţúùûüūůűýÿźžżæœß"
PLAIN = "aaaaaaaaacccddeeeeeeeeiiiiilnnnoooooooorsssttuuuuuuuyyzzzaos"
NAMES = f"""
    CREATE OR REPLACE FUNCTION person_name(first text, last text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
    DECLARE
        one text COLLATE "C" := lower(first COLLATE "default");
        two text COLLATE "C" := lower(last COLLATE "default");
    BEGIN
        IF octet_length(one) > length(one) THEN one := translate(one, '{ACCENTED}’', '{PLAIN}'); END IF;
        IF octet_length(two) > length(two) THEN two := translate(two, '{ACCENTED}’', '{PLAIN}'); END IF;
        one := translate(one, ' .,-`', '');
        two := translate(two, ' .,-`', '');
        IF one < two THEN RETURN one || ' ' || two; END IF;
        RETURN two || ' ' || one;
    END $$
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0017_gradings")]

    operations = [migrations.RunSQL(NAMES, migrations.RunSQL.noop)]
