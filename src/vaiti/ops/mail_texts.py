"""The mails that are sent, in the three languages. They name the reader and nobody else."""

TRAINING_EN = """Hello {name},

your training in the call-recording register counts until {day}, that day included.
After it you hear no calls there, your own neither.

Take the course before: {address}/training/
"""
TRAINING_FI = """Hei {name},

koulutuksesi puhelutallenteiden rekisteriin on voimassa {day}, se päivä mukaan lukien.
Sen jälkeen et kuule siellä puheluja, et omiasikaan.

Suorita koulutus ennen sitä: {address}/training/
"""
TRAINING_SV = """Hej {name},

din utbildning för samtalsregistret gäller till och med {day}.
Efter det hör du inga samtal där, inte heller dina egna.

Gå utbildningen före det: {address}/training/
"""
UNDERTAKING_EN = """Hello {name},

the undertaking of secrecy that you gave for the call-recording register counts
until {day}, that day included. After it you hear no calls there.

Read the new one and accept it: {address}/undertaking/
"""
UNDERTAKING_FI = """Hei {name},

puhelutallenteiden rekisteriin antamasi vaitiolositoumus on voimassa {day},
se päivä mukaan lukien. Sen jälkeen et kuule siellä puheluja.

Lue uusi ja hyväksy se: {address}/undertaking/
"""
UNDERTAKING_SV = """Hej {name},

den sekretessförbindelse som du gav för samtalsregistret gäller till och med {day}.
Efter det hör du inga samtal där.

Läs den nya och godkänn den: {address}/undertaking/
"""
TEXTS = {
    ("training", "en"): ("Your training expires", TRAINING_EN),
    ("training", "fi"): ("Koulutuksesi vanhenee", TRAINING_FI),
    ("training", "sv"): ("Din utbildning går ut", TRAINING_SV),
    ("undertaking", "en"): ("There is a new undertaking of secrecy", UNDERTAKING_EN),
    ("undertaking", "fi"): ("Vaitiolositoumus on uusittava", UNDERTAKING_FI),
    ("undertaking", "sv"): ("Det finns en ny sekretessförbindelse", UNDERTAKING_SV),
}
"""What it is about and language, to subject and text."""
