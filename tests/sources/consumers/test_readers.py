"""Each platform's files in the shapes its documentation shows: what takes the value, how, and under which name."""

from __future__ import annotations

import pytest

from irkit.model import Sure
from irkit.sources.consumers.interface import ALL, Broken, Reference
from irkit.sources.consumers.table import readers_of


def references(path: str, text: str) -> list[Reference]:
    return [one for reader in readers_of(path) for one in reader.read(path, text)]


def taking(path: str, text: str, name: str) -> list[Reference]:
    return [one for one in references(path, text) if name in one.needs]


WORKFLOW = """\
name: Release
on:
  workflow_call:
    secrets:
      registry-token:
        required: true
env:
  WHOLE: ${{ secrets.WHOLE_TOKEN }}
jobs:
  publish:
    runs-on: ubuntu-latest
    environment: production
    permissions:
      id-token: write
    steps:
      - uses: actions/setup-node@v4
        with:
          token: ${{ secrets.SETUP_TOKEN }}
      - name: Publish
        run: |
          curl -H "Authorization: Bearer ${{ secrets['CURL_TOKEN'] }}" https://example.org
        env:
          NODE_AUTH_TOKEN: ${{ secrets.npm_token }}
          GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}
      - uses: hashicorp/vault-action@v3
        with:
          secrets: |
            secret/data/ci npm | VAULT_NPM
  call:
    uses: acme/shared/.github/workflows/deploy.yml@v1
    secrets: inherit
  call-here:
    uses: ./.github/workflows/here.yml
    secrets:
      deploy_key: ${{ secrets.DEPLOY_KEY }}
"""
GITLAB = """\
include:
  - project: acme/ci
    file: /templates/deploy.yml
  - local: /ci/build.yml
variables:
  TWINE_PASSWORD: $PYPI_TOKEN
upload:
  stage: deploy
  environment: production
  id_tokens:
    VAULT_ID_TOKEN: {aud: https://vault.example.org}
  secrets:
    DATABASE_PASSWORD:
      vault: production/db/password@ops
  script:
    - curl --header "PRIVATE-TOKEN: ${DEPLOY_TOKEN}" https://gitlab.example.org
  rules:
    - if: $CI_COMMIT_TAG
"""
JENKINSFILE = """\
pipeline {
  agent any
  environment {
    NPM_TOKEN = credentials('npm-publish')
  }
  stages {
    stage('Deploy') {
      steps {
        withCredentials([usernamePassword(credentialsId: 'registry', usernameVariable: 'REG_USER', passwordVariable: 'REG_PASS')]) {
          sh 'docker login -u $REG_USER -p $REG_PASS'
        }
        withCredentials([string(credentialsId: "slack-hook", variable: "HOOK")]) { echo env.OTHER_NAME }
        // credentials('not-used')
      }
    }
  }
}
"""
CIRCLECI = """\
version: 2.1
orbs: {node: circleci/node@5}
jobs:
  publish:
    docker: [{image: cimg/node}]
    environment: {NODE_ENV: production}
    steps:
      - run: echo "//registry.example.org/:_authToken=$NPM_TOKEN" > .npmrc
      - node/install: {token: NPM_READ_TOKEN}
workflows:
  release:
    jobs:
      - publish: {context: [npm-publish, org-global]}
"""
DOCKERFILE = """\
FROM node:22 AS build
ARG NPM_TOKEN
ENV SENTRY_TOKEN=x OTHER=${NPM_OTHER}
ENV OLD_FORM value
RUN --mount=type=secret,id=npm,target=/root/.npmrc \\
    --mount=type=secret,id=pip_token,env=PIP_TOKEN npm ci && echo $RUN_TOKEN
"""
COMPOSE = """\
services:
  api:
    image: api
    build: {args: {BUILD_TOKEN: "${BUILD_TOKEN}"}}
    environment:
      - NPM_TOKEN
      - API_TOKEN=${UPSTREAM_TOKEN:-none}
    env_file: [./conf/api.env, {path: more.env, required: false}]
    secrets: [db_password, {source: npm, target: npmrc}]
    command: serve --token ${COMMAND_TOKEN} $$NOT_TAKEN
secrets:
  db_password: {file: ./db_password.txt}
  npm: {environment: NPM_SECRET}
  kept: {external: true, name: kept_v1}
"""
KUBERNETES = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: prod}
spec:
  template:
    spec:
      imagePullSecrets: [{name: pull}]
      containers:
        - name: web
          image: web
          env:
            - name: NPM_TOKEN
              valueFrom: {secretKeyRef: {name: app, key: npm-token}}
            - {name: PLAIN_TOKEN, value: written}
          envFrom: [{secretRef: {name: whole}}]
      volumes:
        - name: a
          secret: {secretName: files}
        - name: b
          projected: {sources: [{secret: {name: part, items: [{key: one-key, path: k}]}}]}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: ext}
spec:
  secretStoreRef: {name: vault, kind: SecretStore}
  target: {name: app}
  data:
    - secretKey: npm-token
      remoteRef: {key: prod/npm, property: token}
  dataFrom:
    - extract: {key: prod/everything}
---
apiVersion: v1
kind: Secret
metadata: {name: app, namespace: prod}
data: {OTHER_TOKEN: ""}
---
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: sealed}
spec: {encryptedData: {SEALED_TOKEN: AgA}}
"""
TERRAFORM = """\
variable "npm_token" {
  type      = string
  sensitive = true # var.commented_out
}
data "aws_secretsmanager_secret_version" "db" {
  secret_id = "prod/db"
}
locals {
  joined = "${var.npm_token}"
}
resource "github_actions_secret" "npm" {
  repository      = "web"
  secret_name     = "NPM_TOKEN"
  plaintext_value = var.npm_token
}
/* var.also_commented
   var.out */
resource "aws_lambda_function" "f" {
  environment {
    variables = {
      API_TOKEN = data.aws_secretsmanager_secret_version.db.secret_string
      URL       = "https://example.org/#not-a-comment"
    }
  }
  user_data = <<-EOT
    echo ${var.in_heredoc}
  EOT
}
"""
CHART = "kind: Secret\nstringData:\n  NPM_TOKEN: {{ .Values.npm.token | quote }}\n"
UNIT = """\
[Service]
Environment="API_TOKEN=x" OTHER=y
EnvironmentFile=-/etc/web/web.env
PassEnvironment=PASSED_TOKEN
LoadCredential=db_password:/etc/credstore/db
ExecStart=/usr/bin/web --token ${EXEC_TOKEN}
"""

CASES = [
    # path, text, name, how it must be told (a part), under what it goes on
    (".github/workflows/r.yml", WORKFLOW, "NPM_TOKEN", "env NODE_AUTH_TOKEN, secrets.npm_token", ("NODE_AUTH_TOKEN",)),
    (".github/workflows/r.yml", WORKFLOW, "WHOLE_TOKEN", "env WHOLE", ("WHOLE",)),
    (".github/workflows/r.yml", WORKFLOW, "SETUP_TOKEN", "with token of actions/setup-node@v4", ()),
    (".github/workflows/r.yml", WORKFLOW, "CURL_TOKEN", "in its script", ()),
    (".github/workflows/r.yml", WORKFLOW, "DEPLOY_KEY", "secret deploy_key of the called workflow", ("deploy_key",)),
    (".github/workflows/r.yml", WORKFLOW, "REGISTRY-TOKEN", "its callers give it", ("registry-token",)),
    (".github/workflows/r.yml", WORKFLOW, "secret/data/ci", "Vault secret/data/ci npm", ("VAULT_NPM",)),
    (".github/workflows/r.yml", "jobs: {a: {steps: [{run: '${{ toJSON(secrets) }}'}]}}", ALL, "computed", ()),
    (".github/workflows/r.yml", WORKFLOW, ALL, "secrets: inherit, into acme/shared/", ()),
    ("action.yml", "runs: {using: composite, steps: [{run: x, env: {A: '${{ inputs.token }}'}}]}", "token", "env A", ("A",)),
    (".github/dependabot.yml", "registries: {npm: {type: npm-registry, token: '${{secrets.DEP_TOKEN}}'}}", "DEP_TOKEN", "token", ()),
    (".gitlab-ci.yml", GITLAB, "PYPI_TOKEN", "variable TWINE_PASSWORD from $PYPI_TOKEN", ("TWINE_PASSWORD",)),
    (".gitlab-ci.yml", GITLAB, "DEPLOY_TOKEN", "$DEPLOY_TOKEN in script", ()),
    (".gitlab-ci.yml", GITLAB, "ops/production/db#password", "Vault ops/production/db password", ("DATABASE_PASSWORD",)),
    (".gitlab-ci.yml", GITLAB, ALL, "include project acme/ci", ()),
    ("Jenkinsfile", JENKINSFILE, "npm-publish", "credentials('npm-publish') as NPM_TOKEN", ("NPM_TOKEN", "NPM_TOKEN_USR", "NPM_TOKEN_PSW")),
    ("Jenkinsfile", JENKINSFILE, "registry", "usernamePassword(credentialsId 'registry')", ("REG_USER", "REG_PASS")),
    ("ci/Jenkinsfile.release", JENKINSFILE, "slack-hook", "string(credentialsId 'slack-hook')", ("HOOK",)),
    ("Jenkinsfile", JENKINSFILE, "OTHER_NAME", "OTHER_NAME in its environment", ()),
    ("Jenkinsfile", JENKINSFILE, "REG_PASS", "REG_PASS in its environment", ()),
    (".circleci/config.yml", CIRCLECI, "NPM_TOKEN", "$NPM_TOKEN in run", ()),
    (".circleci/config.yml", CIRCLECI, "NPM_READ_TOKEN", "parameter token", ()),
    (".circleci/config.yml", CIRCLECI, "npm-publish", "context npm-publish", ()),
    ("Dockerfile", DOCKERFILE, "NPM_TOKEN", "ARG NPM_TOKEN", ("NPM_TOKEN",)),
    ("docker/api.Dockerfile", DOCKERFILE, "SENTRY_TOKEN", "ENV SENTRY_TOKEN", ("SENTRY_TOKEN",)),
    ("Containerfile", DOCKERFILE, "NPM_OTHER", "ENV OTHER from $NPM_OTHER", ("OTHER",)),
    ("Dockerfile.dev", DOCKERFILE, "OLD_FORM", "ENV OLD_FORM", ("OLD_FORM",)),
    ("Dockerfile", DOCKERFILE, "npm", "file /root/.npmrc", ()),
    ("Dockerfile", DOCKERFILE, "pip_token", "env PIP_TOKEN", ("PIP_TOKEN",)),
    ("Dockerfile", DOCKERFILE, "RUN_TOKEN", "$RUN_TOKEN in RUN", ()),
    ("compose.yaml", COMPOSE, "NPM_TOKEN", "environment NPM_TOKEN, passed through", ("NPM_TOKEN",)),
    ("docker-compose.prod.yml", COMPOSE, "UPSTREAM_TOKEN", "environment API_TOKEN from $UPSTREAM_TOKEN", ("API_TOKEN",)),
    ("compose.yaml", COMPOSE, "BUILD_TOKEN", "build argument BUILD_TOKEN", ("BUILD_TOKEN",)),
    ("compose.yaml", COMPOSE, "COMMAND_TOKEN", "$COMMAND_TOKEN in command", ()),
    ("deploy/compose.yaml", COMPOSE, "file/deploy/conf/api.env", "env_file ./conf/api.env", ()),
    ("compose.yaml", COMPOSE, "file/more.env", "env_file more.env", ()),
    ("compose.yaml", COMPOSE, "compose-secret/npm", "file /run/secrets/npmrc", ("build-secret/npm",)),
    ("compose.yaml", COMPOSE, "NPM_SECRET", "from $NPM_SECRET", ("compose-secret/npm", "build-secret/npm")),
    ("compose.yaml", COMPOSE, "file/db_password.txt", "from the file", ("compose-secret/db_password", "build-secret/db_password")),
    ("compose.yaml", COMPOSE, "kept_v1", "kept by the platform", ("compose-secret/kept", "build-secret/kept")),
    ("k8s/web.yaml", KUBERNETES, "k8s-secret/app/npm-token", "env NPM_TOKEN from secretKeyRef app/npm-token", ("NPM_TOKEN",)),
    ("k8s/web.yaml", KUBERNETES, "PLAIN_TOKEN", "its value written there", ()),
    ("k8s/web.yaml", KUBERNETES, "k8s-secret/whole", "envFrom secretRef whole", ()),
    ("k8s/web.yaml", KUBERNETES, "k8s-secret/files", "all its keys as files", ()),
    ("k8s/web.yaml", KUBERNETES, "k8s-secret/part/one-key", "volume secret part, key one-key", ()),
    ("k8s/web.yaml", KUBERNETES, "k8s-secret/pull", "imagePullSecrets pull", ()),
    ("k8s/web.yaml", KUBERNETES, "prod/npm#token", "takes prod/npm#token as the key", ("k8s-secret/app/npm-token", "k8s-secret/app")),
    ("k8s/web.yaml", KUBERNETES, "prod/everything", "takes all of", ("k8s-secret/app",)),
    ("k8s/web.yaml", KUBERNETES, "OTHER_TOKEN", "holds the key OTHER_TOKEN", ("k8s-secret/app/OTHER_TOKEN", "k8s-secret/app")),
    ("k8s/web.yaml", KUBERNETES, "SEALED_TOKEN", "holds the key", ("k8s-secret/sealed/SEALED_TOKEN", "k8s-secret/sealed")),
    ("chart/values.yaml", "npm:\n  token: ''\n", "npm.token", "value npm.token", ("values.npm.token",)),
    ("chart/templates/s.yaml", CHART, "values.npm.token", ".Values.npm.token", ("NPM_TOKEN",)),
    ("infra/main.tf", TERRAFORM, "var.npm_token", "plaintext_value from var.npm_token", ()),
    ("infra/main.tf", TERRAFORM, "npm_token", "variable npm_token", ("var.npm_token",)),
    ("infra/main.tf", TERRAFORM, "prod/db", "secret_id prod/db", ("data.aws_secretsmanager_secret_version.db",)),
    ("infra/main.tf", TERRAFORM, "NPM_TOKEN", "secret_name NPM_TOKEN", ()),
    ("infra/main.tf", TERRAFORM, "data.aws_secretsmanager_secret_version.db", "API_TOKEN from data.", ("API_TOKEN",)),
    ("infra/main.tf", TERRAFORM, "var.in_heredoc", "from var.in_heredoc", ()),
    ("prod.tfvars", 'npm_token = "x"\n', "npm_token", "sets npm_token", ("var.npm_token",)),
    (".env.example", "# a comment\nNPM_TOKEN=\n", "NPM_TOKEN", "lists NPM_TOKEN", ()),
    ("conf/api.env", "export NPM_TOKEN=x\nB=${UP_TOKEN}\n", "NPM_TOKEN", "sets NPM_TOKEN", ("file/conf/api.env",)),
    ("conf/api.env", "export NPM_TOKEN=x\nB=${UP_TOKEN}\n", "UP_TOKEN", "B from $UP_TOKEN", ("B", "file/conf/api.env")),
    ("web.service", UNIT, "API_TOKEN", "Environment API_TOKEN", ("API_TOKEN",)),
    ("web.service.d/local.conf", UNIT, "file/etc/web/web.env", "EnvironmentFile /etc/web/web.env", ()),
    ("web.service", UNIT, "PASSED_TOKEN", "PassEnvironment", ()),
    ("web.service", UNIT, "db_password", "LoadCredential db_password", ()),
    ("web.service", UNIT, "EXEC_TOKEN", "in ExecStart", ()),
    (".npmrc", "//registry.example.org/:_authToken=${NPM_TOKEN}\n", "NPM_TOKEN", "_authToken from $NPM_TOKEN", ()),
    (".yarnrc.yml", 'npmAuthToken: "${NPM_TOKEN:-}"\n', "NPM_TOKEN", "npmAuthToken from", ()),
    ("settings.xml", "<password>${env.MAVEN_TOKEN}</password>\n", "MAVEN_TOKEN", "from $MAVEN_TOKEN", ()),
    ("nuget.config", '<add key="ClearTextPassword" value="%NUGET_TOKEN%" />\n', "NUGET_TOKEN", "from $NUGET_TOKEN", ()),
    (".pypirc", "[internal]\nusername = __token__\npassword = x\n", ALL, "a password kept in .pypirc", ()),
    ("a.py", 'x = os.environ["NPM_TOKEN"]', "NPM_TOKEN", "reads the variable", ()),
    ("a.py", 'x = os.environ.get("NPM_TOKEN", "")', "NPM_TOKEN", "reads the variable", ()),
    ("a.py", "x = os.getenv('NPM_TOKEN')", "NPM_TOKEN", "reads the variable", ()),
    ("a.py", 'c.get_secret_value(SecretId="prod/npm")', "prod/npm", "asks a store for prod/npm", ()),
    ("a.ts", "const t = process.env.NPM_TOKEN ?? ''", "NPM_TOKEN", "reads the variable", ()),
    ("a.js", "const t = process.env['NPM_TOKEN']", "NPM_TOKEN", "reads the variable", ()),
    ("a.ts", 'Deno.env.get("NPM_TOKEN")', "NPM_TOKEN", "reads the variable", ()),
    ("a.go", 't := os.Getenv("NPM_TOKEN")', "NPM_TOKEN", "reads the variable", ()),
    ("a.rb", "ENV.fetch('NPM_TOKEN')", "NPM_TOKEN", "reads the variable", ()),
    ("A.java", 'System.getenv("NPM_TOKEN")', "NPM_TOKEN", "reads the variable", ()),
    ("a.rs", 'std::env::var("NPM_TOKEN")', "NPM_TOKEN", "reads the variable", ()),
    ("a.php", "$t = $_ENV['NPM_TOKEN'];", "NPM_TOKEN", "reads the variable", ()),
    ("a.cs", 'Environment.GetEnvironmentVariable("NPM_TOKEN")', "NPM_TOKEN", "reads the variable", ()),
    ("a.ps1", "$t = $env:NPM_TOKEN", "NPM_TOKEN", "reads the variable", ()),
    ("deploy.sh", 'curl -u "x:${NPM_TOKEN}"', "NPM_TOKEN", "$NPM_TOKEN in the script", ()),
    ("Makefile", "publish:\n\tnpm publish --token $(NPM_TOKEN)", "NPM_TOKEN", "reads the variable", ()),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "name", "how", "gives"), CASES, ids=[f"{one[0]} {one[2]}" for one in CASES])
def test_what_takes_it_is_told_with_how_and_under_what_name_it_goes_on(path, text, name, how, gives):
    found = [one for one in taking(path, text, name) if how in one.how]
    assert found, [(one.needs, one.how) for one in references(path, text)]
    assert gives in [one.gives for one in found]
    assert all(1 <= one.line <= text.count("\n") + 1 for one in found)


NOT_TAKEN = [
    (".github/workflows/r.yml", WORKFLOW, "GITHUB_TOKEN"),  # made for each run
    (".gitlab-ci.yml", GITLAB, "CI_COMMIT_TAG"),  # a rule reads it, and no secret is in rules
    ("Jenkinsfile", JENKINSFILE, "not-used"),  # in a comment
    ("compose.yaml", COMPOSE, "NOT_TAKEN"),  # $$ is a dollar sign
    ("infra/main.tf", TERRAFORM, "var.commented_out"),
    ("infra/main.tf", TERRAFORM, "var.also_commented"),
    ("infra/main.tf", TERRAFORM, "var.out"),
    ("k8s/web.yaml", "a: {env: [{name: NPM_TOKEN, value: x}]}", "NPM_TOKEN"),  # no manifest
]


@pytest.mark.parametrize(("path", "text", "name"), NOT_TAKEN)
def test_what_only_looks_like_it_is_not_told(path, text, name):
    assert taking(path, text, name) == []


def test_a_line_is_where_the_value_is_taken():
    (one,) = taking(".github/workflows/r.yml", WORKFLOW, "NPM_TOKEN")
    assert "secrets.npm_token" in WORKFLOW.splitlines()[one.line - 1]


def test_a_job_that_may_ask_for_an_oidc_token_says_so():
    (one,) = taking(".github/workflows/r.yml", WORKFLOW, "NPM_TOKEN")
    assert "id-token: write" in one.note
    (other,) = taking(".github/workflows/r.yml", WORKFLOW, "DEPLOY_KEY")
    assert "id-token" not in other.note


def test_an_environment_may_have_the_secret_as_well_and_that_is_said():
    (one,) = taking(".github/workflows/r.yml", WORKFLOW, "NPM_TOKEN")
    assert "production" in one.note
    assert one.store == "github-actions:{slug}/NPM_TOKEN"


def test_a_place_in_a_cluster_is_told_only_with_its_namespace():
    with_space = next(one for one in taking("w.yaml", KUBERNETES, "k8s-secret/app/npm-token"))
    assert with_space.store == "kubernetes:prod/app/npm-token"
    without = next(
        one for one in taking("w.yaml", KUBERNETES.replace(", namespace: prod", ""), "k8s-secret/app/npm-token")
    )
    assert without.store == ""


def test_code_and_charts_are_guesses():
    assert taking("a.py", 'os.environ["NPM_TOKEN"]', "NPM_TOKEN")[0].sure is Sure.GUESS
    assert taking("chart/values.yaml", "token: x", "token")[0].sure is Sure.GUESS


def test_merged_keys_of_yaml_are_followed_and_a_value_that_is_its_own_part_ends():
    text = "a: &a {env: {T: '${{ secrets.X_TOKEN }}'}}\njobs: {b: {<<: *a, steps: []}}"
    assert taking(".github/workflows/r.yml", text, "X_TOKEN")
    with pytest.raises(Broken):
        references(".github/workflows/r.yml", "jobs: &a {b: *a}")


def test_a_file_that_stands_for_a_million_nodes_is_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(Broken, match="stands for too much"):
        references(".gitlab-ci.yml", "\n".join(lines))
