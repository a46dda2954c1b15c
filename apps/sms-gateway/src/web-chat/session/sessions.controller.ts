import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiKeyGuard, RequireScope } from '../../api/keys/api-key.guard.js';
import { OpenSession } from './open-session.js';
import { SessionOrder, SessionResource } from './session-resource.js';

/** Sessions of web chat, which a customer's backend opens for the people it knows. */
@Controller('v1/chat/sessions')
@UseGuards(ApiKeyGuard)
@ApiTags('web chat')
@ApiBearerAuth()
export class SessionsController {
  constructor(private readonly openSession: OpenSession) {}

  @Post()
  @HttpCode(201)
  @RequireScope('chat:write')
  @ApiOperation({
    summary: 'Open a session of web chat for a person.',
    description:
      'Call it from your backend, never from a page, and give the token to the page. All sessions of one `userId` are one chat.',
  })
  @ApiCreatedResponse({ standardSchema: SessionResource })
  async openChatSession(@Body({ schema: SessionOrder }) { userId }: SessionOrder): Promise<SessionResource> {
    return this.openSession.execute(userId);
  }
}
