import { t } from '@grafana/i18n';
import { Field, Input, SecretTextArea } from '@grafana/ui';
import React from 'react';
import { KUBERNETES_SYSTEM } from '../../connectors/kubernetes/system';
import { AddressField } from '../config/address-field';
import { changeSettings, FIELD_WIDTH } from '../config/config-props';
import type { ConfigProps } from '../config/config-props';
import { SecretField } from '../config/secret-field';

/** Where the API server is, whom it lets read, and what is read of the cluster. */
export function KubernetesConnection(props: ConfigProps) {
  const { kubernetesNamespaces = '', kubernetesCluster = '' } = props.options.jsonData;
  return (
    <>
      <AddressField {...props} example={KUBERNETES_SYSTEM.exampleAddress} />
      <SecretField
        {...props}
        secret="kubernetesToken"
        label={t('datasource.config.kubernetes-token', 'Token of a service account')}
        description={t(
          'datasource.config.kubernetes-token-help',
          'One that may list jobs, cronjobs and pods, and nothing else: provisioning/kubernetes has it ready to apply. Kept by Grafana’s server, never sent to a browser.'
        )}
      />
      <CertificateField {...props} />
      <Field
        label={t('datasource.config.kubernetes-namespaces', 'Namespaces')}
        description={t(
          'datasource.config.kubernetes-namespaces-help',
          'With commas between them; nothing: all. Unless it is a single one, they stand before the names of tasks: shop/report.'
        )}
      >
        <Input
          id="runlane-kubernetes-namespaces"
          width={FIELD_WIDTH}
          value={kubernetesNamespaces}
          placeholder="shop, billing"
          onChange={({ currentTarget }) => changeSettings(props, { kubernetesNamespaces: currentTarget.value })}
        />
      </Field>
      <Field
        label={t('datasource.config.kubernetes-cluster', 'Name of the cluster')}
        description={t(
          'datasource.config.kubernetes-cluster-help',
          'Where you have several: it is a label of every run and stands before the names of tasks, so that two clusters with the same jobs stay two.'
        )}
      >
        <Input
          id="runlane-kubernetes-cluster"
          width={FIELD_WIDTH}
          value={kubernetesCluster}
          placeholder="eu"
          onChange={({ currentTarget }) => changeSettings(props, { kubernetesCluster: currentTarget.value })}
        />
      </Field>
    </>
  );
}

/** The authority of the cluster's own certificates, by Grafana's own names: its server checks with it whom it talks to. */
function CertificateField(props: ConfigProps) {
  const { options, onOptionsChange } = props;
  const set = (tlsCACert: string, isConfigured: boolean) =>
    onOptionsChange({
      ...options,
      jsonData: { ...options.jsonData, tlsAuthWithCACert: tlsCACert !== '' || isConfigured },
      secureJsonFields: { ...options.secureJsonFields, tlsCACert: isConfigured },
      secureJsonData: { ...options.secureJsonData, tlsCACert },
    });
  return (
    <Field
      label={t('datasource.config.kubernetes-ca', 'Certificate of its authority')}
      description={t(
        'datasource.config.kubernetes-ca-help',
        'Clusters sign their own certificates: ca.crt of the token’s secret, from BEGIN to END. Leave it empty where the certificate is one that everybody trusts.'
      )}
    >
      <SecretTextArea
        id="runlane-tlsCACert"
        cols={FIELD_WIDTH}
        rows={4}
        isConfigured={options.secureJsonFields?.['tlsCACert'] === true}
        placeholder="-----BEGIN CERTIFICATE-----"
        value={options.secureJsonData?.tlsCACert ?? ''}
        onChange={({ currentTarget }) => set(currentTarget.value, false)}
        onReset={() => set('', false)}
      />
    </Field>
  );
}
