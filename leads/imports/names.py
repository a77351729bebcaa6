"""By which names people call their columns, in English, German, Portuguese, Spanish, French and Italian.

Names are compared without capitals, accents and punctuation: “Straße” is `strasse`.
"""

from collections.abc import Mapping


def _words(**told: str) -> Mapping[str, tuple[str, ...]]:
    return {target: tuple(words.split()) for target, words in told.items()}


PEOPLE = _words(
    email="""email e_mail mail email_address e_mail_address e_mail_adresse email_adresse mailadresse
        correo correo_electronico courriel endereco_de_email posta_elettronica""",
    outside_id="""outside_id external_id mql_id lead_id contact_id record_id crm_id id kundennummer kunden_nr
        codigo codigo_do_cliente""",
    first_name="""first_name firstname given_name vorname primeiro_nome prenom primer_nombre voornaam
        prenome""",
    last_name="""last_name lastname surname family_name nachname familienname sobrenome apellido apellidos
        nom_de_famille cognome achternaam""",
    name="""name full_name contact contact_name ansprechpartner kontakt nome nome_completo contato nombre
        nombre_completo nom naam""",
    phone="""phone telephone phone_number mobile mobile_phone tel telefon telefonnummer rufnummer mobil handy
        telefone celular telefono telefoon movil portable""",
    postal_address="""postal_address address street anschrift adresse strasse endereco direccion indirizzo
        adresse_postale""",
    country="country country_code land pais pays paese laendercode",
    time_zone="time_zone timezone zeitzone fuso_horario",
    consent="consent opt_in email_opt_in einwilligung newsletter consentimento consentement",
    company="""company company_name organisation organization account account_name firma unternehmen empresa
        societe entreprise azienda bedrijf""",
    domain="domain website company_domain web webseite homepage dominio site",
    source="source lead_source origin channel quelle herkunft kanal leadquelle origem fonte origen fuente",
    campaign="campaign utm_campaign kampagne campanha campana campagne campagna",
    at="""first_contact first_contact_date created created_at created_date date erstkontakt angelegt_am
        erstellt_am datum data fecha criado_em primeiro_contato""",
)
FACTS = _words(
    landing_page="landing_page_id",
    title="job_title position funktion jobtitel berufsbezeichnung cargo puesto fonction poste",
    employees="employees number_of_employees mitarbeiter mitarbeiterzahl funcionarios empleados effectif",
    industry="branche setor sector industria secteur",
    city="stadt ort cidade ciudad ville citta",
    revenue="annual_revenue umsatz jahresumsatz faturamento receita ingresos",
    comment="notes note remarks bemerkung notiz nachricht mensagem observacoes comentario",
    interest="interesse interests interes",
)
