from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "0002_segment_vector")]

    operations = [
        migrations.AddField(
            model_name="finding",
            name="severity",
            field=models.FloatField(default=0.0),
        ),
        migrations.AddField(
            model_name="finding",
            name="counterfactual",
            field=models.JSONField(null=True),
        ),
    ]
