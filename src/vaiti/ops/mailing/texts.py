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
DECISION_EN = """Hello {name},

somebody asks to hear a call in the call-recording register, and you may answer.
Nothing is heard until a second person has said yes.

See who asks and why: {address}/approvals/
"""
DECISION_FI = """Hei {name},

joku pyytää saada kuunnella puhelun puhelutallenteiden rekisterissä, ja sinä voit
vastata. Mitään ei kuunnella, ennen kuin toinen henkilö on suostunut.

Katso, kuka pyytää ja miksi: {address}/approvals/
"""
DECISION_SV = """Hej {name},

någon ber att få höra ett samtal i samtalsregistret, och du kan svara.
Ingenting hörs innan en andra person har sagt ja.

Se vem som ber och varför: {address}/approvals/
"""
EMERGENCY_EN = """Hello {name},

somebody has opened emergency access in the call-recording register.
It waits until you, or somebody else who may, has looked at it.

Look at it now: {address}/emergency/
"""
EMERGENCY_FI = """Hei {name},

joku on avannut hätäkäytön puhelutallenteiden rekisterissä.
Se odottaa, kunnes sinä tai joku muu, jolla on siihen oikeus, on katsonut sen.

Katso se nyt: {address}/emergency/
"""
EMERGENCY_SV = """Hej {name},

någon har öppnat nödåtkomst i samtalsregistret.
Det väntar tills du, eller någon annan som får, har tittat på det.

Titta på det nu: {address}/emergency/
"""
QUEUE_EN = """Hello {name},

there is something that nobody has looked at yet in the queue of the
call-recording register. You get this mail once a day at most.

Look at it: {address}/queue/
"""
QUEUE_FI = """Hei {name},

puhelutallenteiden rekisterin jonossa on jotain, mitä kukaan ei ole vielä katsonut.
Saat tämän viestin enintään kerran päivässä.

Katso se: {address}/queue/
"""
QUEUE_SV = """Hej {name},

i samtalsregistrets kö finns något som ingen har tittat på än.
Du får det här meddelandet högst en gång om dagen.

Titta på det: {address}/queue/
"""
TEXTS = {
    ("training", "en"): ("Your training expires", TRAINING_EN),
    ("training", "fi"): ("Koulutuksesi vanhenee", TRAINING_FI),
    ("training", "sv"): ("Din utbildning går ut", TRAINING_SV),
    ("undertaking", "en"): ("There is a new undertaking of secrecy", UNDERTAKING_EN),
    ("undertaking", "fi"): ("Vaitiolositoumus on uusittava", UNDERTAKING_FI),
    ("undertaking", "sv"): ("Det finns en ny sekretessförbindelse", UNDERTAKING_SV),
    ("decision", "en"): ("A request to hear a call waits for your answer", DECISION_EN),
    ("decision", "fi"): ("Pyyntö kuunnella puhelu odottaa vastaustasi", DECISION_FI),
    ("decision", "sv"): ("En begäran att höra ett samtal väntar på ditt svar", DECISION_SV),
    ("emergency", "en"): ("Emergency access has been opened", EMERGENCY_EN),
    ("emergency", "fi"): ("Hätäkäyttö on avattu", EMERGENCY_FI),
    ("emergency", "sv"): ("Nödåtkomst har öppnats", EMERGENCY_SV),
    ("queue", "en"): ("Something waits in your queue", QUEUE_EN),
    ("queue", "fi"): ("Jonossasi odottaa jotain", QUEUE_FI),
    ("queue", "sv"): ("Något väntar i din kö", QUEUE_SV),
}
"""What it is about and language, to subject and text."""
WORKER_SILENT = (
    "Vaiti: the worker says nothing / työprosessi on vaiti / arbetaren är tyst",
    """The worker of the call-recording register says nothing. Calls are recorded for
a day yet, but nothing is taken in, nothing is destroyed, and no new alarm is
raised. On the machine: vaiti doctor.

Puhelutallenteiden rekisterin työprosessi on vaiti. Puheluja tallennetaan vielä
vuorokausi, mutta mitään ei oteta rekisteriin eikä tuhota, eikä uusia
hälytyksiä tule. Koneella: vaiti doctor.

Arbetaren i samtalsregistret är tyst. Samtal spelas in ännu ett dygn, men inget
tas in, inget förstörs och inga nya larm kommer. På maskinen: vaiti doctor.

{address}/state/
""",
)
WORKER_BACK = (
    "Vaiti: the worker works again / työprosessi toimii taas / arbetaren är i gång igen",
    """The worker of the call-recording register works again.

Puhelutallenteiden rekisterin työprosessi toimii taas.

Arbetaren i samtalsregistret är i gång igen.

{address}/state/
""",
)
"""Subject and text to those who keep the machine running: their language is not known."""
