from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_roles_and_limits"),
    ]

    operations = [
        migrations.AddField(
            model_name="club",
            name="reads_states",
            field=models.BooleanField(
                default=False, verbose_name="tell effort, fatigue and affect"
            ),
        ),
    ]
