import React from 'react';
import { PanelPlugin, renderTextPanelMarkdown, textUtil } from '@grafana/data';
import type { PanelProps } from '@grafana/data';

interface TextOptions {
  mode?: 'markdown' | 'html' | 'code';
  content?: string;
}

function TextPanel({ options, replaceVariables, height }: PanelProps<TextOptions>) {
  const mode = options.mode ?? 'markdown';
  const content = replaceVariables(options.content ?? '', {}, mode === 'code' ? undefined : 'html');
  if (mode === 'code') {
    return <pre style={{ height, overflow: 'auto', margin: 0 }}>{content}</pre>;
  }
  const html = mode === 'html' ? textUtil.sanitizeTextPanelContent(content) : renderTextPanelMarkdown(content);
  return (
    <div className="markdown-html" style={{ height, overflow: 'auto' }} dangerouslySetInnerHTML={{ __html: html }} />
  );
}

export function plugin(): PanelPlugin<TextOptions> {
  return new PanelPlugin<TextOptions>(TextPanel);
}
