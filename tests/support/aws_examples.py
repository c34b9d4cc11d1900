"""The sites that tests of the AWS part stand on."""

from components.aws.site import Site, Tags
from tests.support.recording import ACCOUNT, REGION

TAGS = Tags(stack="test", environment="dev", owner="ml-platform", cost_centre="4711")
DEV = Site(account_id=ACCOUNT, region=REGION, tags=TAGS, disposable=True)
PROD_TAGS = Tags(stack="prod-cloud", environment="prod", owner="ml-platform", cost_centre="4711")
PROD = Site(account_id=ACCOUNT, region=REGION, tags=PROD_TAGS, protect=True)
ZONES = ("use1-az1", "use1-az2", "use1-az4")
