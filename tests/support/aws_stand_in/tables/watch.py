"""Rows of watching and paying: topics, alarms, managed metrics, budgets, cost anomalies."""

from tests.support.aws_stand_in.row import Call, Row

_ALARM = {
    "AlarmName": "name",
    "Metrics": "metricQueries[].{Id: id, Expression: expression, Label: label, ReturnData: returnData, Period: period,"
    " MetricStat: metric && {Metric: {Namespace: metric.namespace, MetricName: metric.metricName,"
    " Dimensions: metric.dimensions}, Period: metric.period, Stat: metric.stat}}",
}
_BUDGET = (
    "{BudgetName: name, BudgetType: budgetType, TimeUnit: timeUnit, BudgetLimit: {Amount: limitAmount, Unit: limitUnit},"
    " CostFilters: costFilters && from_pairs(costFilters[].[name, values]) || null}"
)

ROWS = (
    Row(
        token="sns/topic:Topic",
        service="sns",
        create=Call(
            "create_topic", {"Attributes": "{KmsMasterKeyId: kmsMasterKeyId, DisplayName: displayName}"}
        ),
        id="answer.TopicArn",
        updates=(
            Call(
                "set_topic_attributes",
                {"TopicArn": "id", "AttributeName": "'KmsMasterKeyId'", "AttributeValue": "kmsMasterKeyId"},
            ),
        ),
        read=Call("get_topic_attributes", {"TopicArn": "id"}),
        found="Attributes",
        outputs={"arn": "id"},
        delete=Call("delete_topic", {"TopicArn": "id"}),
        replaces=("name", "namePrefix", "fifoTopic"),
        autoname="name",
        name_limit=256,
    ),
    Row(
        token="sns/topicPolicy:TopicPolicy",
        service="sns",
        create=Call(
            "set_topic_attributes", {"TopicArn": "arn", "AttributeName": "'Policy'", "AttributeValue": "policy"}
        ),
        id="arn",
        updates=(
            Call(
                "set_topic_attributes", {"TopicArn": "arn", "AttributeName": "'Policy'", "AttributeValue": "policy"}
            ),
        ),
        replaces=("arn",),
    ),
    Row(
        token="sns/topicSubscription:TopicSubscription",
        service="sns",
        create=Call("subscribe", {"TopicArn": "topic", "ReturnSubscriptionArn": "`true`"}),
        id="answer.SubscriptionArn",
        outputs={"arn": "id"},
        delete=Call("unsubscribe", {"SubscriptionArn": "id"}),
        replaces=("topic", "protocol", "endpoint"),
        ignored=("endpointAutoConfirms", "confirmationTimeoutInMinutes"),
    ),
    Row(
        token="cloudwatch/metricAlarm:MetricAlarm",
        service="cloudwatch",
        create=Call("put_metric_alarm", _ALARM),
        id="name",
        updates=(Call("put_metric_alarm", _ALARM, fill=True),),
        read=Call("describe_alarms", {"AlarmNames": "[id]"}),
        found="MetricAlarms[0]",
        outputs={"arn": "found.AlarmArn"},
        delete=Call("delete_alarms", {"AlarmNames": "[id]"}),
        replaces=("name",),
        autoname="name",
        name_limit=255,
    ),
    Row(
        token="chatbot/slackChannelConfiguration:SlackChannelConfiguration",
        service="chatbot",
        create=Call("create_slack_channel_configuration"),
        id="join('/', ['arn:aws:chatbot::slack-channel', configurationName])",
        updates=(
            Call(
                "update_slack_channel_configuration",
                {"ChatConfigurationArn": "id"},
                fill=True,
            ),
        ),
        outputs={"chatConfigurationArn": "id"},
        delete=Call("delete_slack_channel_configuration", {"ChatConfigurationArn": "id"}),
        replaces=("configurationName", "slackTeamId"),
        names={"slackTeamId": "SlackTeamId"},
        echo=True,
    ),
    Row(
        token="amp/workspace:Workspace",
        service="amp",
        create=Call("create_workspace"),
        id="answer.workspaceId",
        updates=(Call("update_workspace_alias", {"workspaceId": "id", "alias": "alias"}),),
        read=Call("describe_workspace", {"workspaceId": "id"}),
        found="workspace",
        delete=Call("delete_workspace", {"workspaceId": "id"}),
        replaces=("kmsKeyArn",),
    ),
    Row(
        token="amp/workspaceConfiguration:WorkspaceConfiguration",
        service="amp",
        create=Call("update_workspace_configuration"),
        id="workspaceId",
        updates=(Call("update_workspace_configuration", fill=True),),
        replaces=("workspaceId",),
        echo=True,
    ),
    Row(
        token="budgets/budget:Budget",
        service="budgets",
        create=Call(
            "create_budget",
            {
                "AccountId": "account", "Budget": _BUDGET, "ResourceTags": "tags",
                "NotificationsWithSubscribers": "notifications[].{Notification: {NotificationType: notificationType,"
                " ComparisonOperator: comparisonOperator, Threshold: threshold, ThresholdType: thresholdType},"
                " Subscribers: subscriberSnsTopicArns[].{SubscriptionType: 'SNS', Address: @}}",
            },
        ),
        id="join(':', [account, name])",
        updates=(Call("update_budget", {"AccountId": "account", "NewBudget": _BUDGET}, echo=True),),
        read=Call("describe_budget", {"AccountId": "account", "BudgetName": "name"}),
        found="Budget",
        outputs={"arn": "join('', ['arn:aws:budgets::', account, ':budget/', name])"},
        delete=Call("delete_budget", {"AccountId": "account", "BudgetName": "name"}),
        replaces=("name", "namePrefix", "budgetType"),
        autoname="name",
        name_limit=100,
    ),
    Row(
        token="costexplorer/anomalyMonitor:AnomalyMonitor",
        service="ce",
        create=Call(
            "create_anomaly_monitor",
            {
                "AnomalyMonitor": "{MonitorName: name, MonitorType: monitorType, MonitorDimension: monitorDimension,"
                " MonitorSpecification: monitorSpecification && from_json(monitorSpecification) || null}",
                "ResourceTags": "tags",
            },
        ),
        id="join('', ['arn:aws:ce::', account, ':anomalymonitor/', random])",
        updates=(Call("update_anomaly_monitor", {"MonitorArn": "id", "MonitorName": "name"}),),
        outputs={"arn": "id"},
        delete=Call("delete_anomaly_monitor", {"MonitorArn": "id"}),
        replaces=("monitorType", "monitorDimension", "monitorSpecification"),
        autoname="name",
        echo=True,
    ),
    Row(
        token="costexplorer/anomalySubscription:AnomalySubscription",
        service="ce",
        create=Call(
            "create_anomaly_subscription",
            {
                "AnomalySubscription": "{SubscriptionName: name, Frequency: frequency, MonitorArnList: monitorArnLists,"
                " Subscribers: subscribers, ThresholdExpression: thresholdExpression}",
                "ResourceTags": "tags",
            },
        ),
        id="join('', ['arn:aws:ce::', account, ':anomalysubscription/', random])",
        updates=(
            Call(
                "update_anomaly_subscription",
                {
                    "SubscriptionArn": "id", "Frequency": "frequency", "MonitorArnList": "monitorArnLists",
                    "Subscribers": "subscribers", "SubscriptionName": "name",
                    "ThresholdExpression": "thresholdExpression",
                },
            ),
        ),
        outputs={"arn": "id"},
        delete=Call("delete_anomaly_subscription", {"SubscriptionArn": "id"}),
        replaces=("accountId",),
        autoname="name",
        echo=True,
    ),
    Row(
        token="costexplorer/costAllocationTag:CostAllocationTag",
        service="ce",
        create=Call(
            "update_cost_allocation_tags_status", {"CostAllocationTagsStatus": "[{TagKey: tagKey, Status: status}]"}
        ),
        id="tagKey",
        updates=(
            Call(
                "update_cost_allocation_tags_status",
                {"CostAllocationTagsStatus": "[{TagKey: tagKey, Status: status}]"},
            ),
        ),
        replaces=("tagKey",),
        echo=True,
    ),
    Row(
        token="route53/healthCheck:HealthCheck",
        service="route53",
        create=Call(
            "create_health_check",
            {
                "CallerReference": "fqdn",
                "HealthCheckConfig": "{Type: type, FullyQualifiedDomainName: fqdn, Port: port,"
                " ResourcePath: resourcePath, RequestInterval: requestInterval, FailureThreshold: failureThreshold,"
                " MeasureLatency: measureLatency, EnableSNI: enableSni, Regions: regions}",
            },
        ),
        id="answer.HealthCheck.Id",
        after=(
            Call(
                "change_tags_for_resource",
                {"ResourceType": "'healthcheck'", "ResourceId": "id", "AddTags": "tags"},
                on=("tags",),
            ),
        ),
        updates=(
            Call(
                "update_health_check",
                {
                    "HealthCheckId": "id", "ResourcePath": "resourcePath", "FullyQualifiedDomainName": "fqdn",
                    "FailureThreshold": "failureThreshold", "Port": "port",
                },
            ),
        ),
        outputs={"arn": "join('', ['arn:aws:route53:::healthcheck/', id])"},
        delete=Call("delete_health_check", {"HealthCheckId": "id"}),
        replaces=("type", "requestInterval", "referenceName", "measureLatency"),
    ),
)  # fmt: skip
