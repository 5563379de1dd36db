import React from 'react';
import { AddressField } from '../config/address-field';
import type { ConfigProps } from '../config/config-props';
import { UserAndPassword } from '../config/user-and-password';

/** Settings of a system that is read at an address, with a user and a password where it wants them. */
export function PlainConnection({ example, ...props }: ConfigProps & { example: string }) {
  return (
    <>
      <AddressField {...props} example={example} />
      <UserAndPassword {...props} />
    </>
  );
}
