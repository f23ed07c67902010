"""The project's own rules for dbt-score, beside the ones that it brings (configured in pyproject.toml)."""

from dbt_score import Exposure, Model, RuleViolation, rule

PERSONAL = {"first_name", "last_name", "email", "phone", "birth_date", "street"}


@rule
def public_model_has_a_group(model: Model) -> RuleViolation | None:
    """A model that others may read belongs to a group: its owner answers for it."""
    if model.access == "public" and not model.group:
        return RuleViolation(f"{model.name} is public and belongs to no group.")
    return None


@rule
def personal_data_stays_with_marketing(model: Model) -> RuleViolation | None:
    """No mart but marketing's, which asks for consent, shows who a customer is."""
    shown = sorted(PERSONAL & {column.name for column in model.columns})
    if "marts" in model.tags and model.group != "marketing" and shown:
        return RuleViolation(f"{model.name} shows {', '.join(shown)}.")
    return None


@rule
def personal_data_is_named_as_such(model: Model) -> RuleViolation | None:
    """Who reads the description of a personal column sees that it is one."""
    silent = [c.name for c in model.columns if c.name in PERSONAL and "personal data" not in c.description.lower()]
    if silent:
        return RuleViolation(f"Not described as personal data: {', '.join(silent)}.")
    return None


@rule
def exposure_reads_marts_alone(exposure: Exposure) -> RuleViolation | None:
    """What people look at reads marts, or metrics; never gold or what comes before it."""
    others = [name for name in exposure.depends_on["nodes"] if name.startswith("model.") and ".mart_" not in name]
    if others:
        return RuleViolation(f"{exposure.name} reads {', '.join(others)}.")
    return None
