import { t } from '@grafana/i18n';
import React from 'react';
import { AIRFLOW_SYSTEM } from '../../connectors/airflow/system';
import { AddressField } from '../config/address-field';
import type { ConfigProps } from '../config/config-props';
import { SignIn } from '../config/sign-in';

/** Where Airflow's API is. Version 3 takes tokens alone, version 2 user and password. */
export function AirflowConnection(props: ConfigProps) {
  return (
    <>
      <AddressField {...props} example={AIRFLOW_SYSTEM.exampleAddress} />
      <SignIn
        {...props}
        setting="airflowAuth"
        secret="airflowToken"
        tokenHelp={t(
          'datasource.config.airflow-token-help',
          'For Airflow 3: what POST /auth/token answers as access_token. It lasts a day unless [api_auth] jwt_expiration_time says otherwise. Kept by Grafana’s server, never sent to a browser. Airflow 2 takes user and password.'
        )}
      />
    </>
  );
}
